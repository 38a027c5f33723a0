// A long conversation through the official Anthropic client, with thinking, tools and a cache that moves along:
// `node conversation.mjs MODEL TURNS`. Prints one JSON object; `sent` are the bodies as they left this process, watched
// at its own fetch. The client is unmodified.
const sent = [];
const send = globalThis.fetch;
globalThis.fetch = (url, init) => {
  sent.push(init.body);
  return send(url, init);
};
const { default: Anthropic } = await import('@anthropic-ai/sdk');

const [, , model, turns] = process.argv;
const client = new Anthropic({ baseURL: process.env.BASE_URL, apiKey: process.env.API_KEY });
const mark = { cache_control: { type: 'ephemeral' } };
const tools = [
  { name: 'read', description: 'Reads a file', input_schema: { type: 'object', properties: { path: { type: 'string' } } } },
  { name: 'list', input_schema: { type: 'object', properties: { depth: { type: 'integer' } } }, ...mark },
];
const system = [
  { type: 'text', text: 'You hold a long conversation.' },
  { type: 'text', text: 'Rules: é \\ "quoted" \u2028 🦉 </script>', cache_control: { type: 'ephemeral', ttl: '1h' } },
];
const messages = [];
let question = 0;
let input = 0;
let cacheRead = 0;
let calls = [];
for (let turn = 0; turn < Number(turns); turn++) {
  // A cache takes four marks: the tools', the system's and the one at the end.
  messages.forEach((message) => message.content.forEach((block) => delete block.cache_control));
  const content = calls.map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: `18\t°C ${turn}` }));
  if (content.length === 0) {
    question += 1;
    content.push({
      type: 'text',
      text: `[[sim redacted=1 reasoning=3 preface=2 tool_call=2 tokens=8]] conversation ${question} ${'ä'.repeat(question)}`,
    });
  }
  Object.assign(content.at(-1), mark);
  messages.push({ role: 'user', content });
  const answer = await client.messages
    .stream({ model, max_tokens: 2000, system, tools, messages, thinking: { type: 'adaptive' }, metadata: { user_id: 'u' } })
    .finalMessage();
  messages.push({ role: 'assistant', content: answer.content });
  calls = answer.content.filter((block) => block.type === 'tool_use');
  input += answer.usage.input_tokens + answer.usage.cache_creation_input_tokens;
  cacheRead += answer.usage.cache_read_input_tokens;
}
console.log(JSON.stringify({ sent, input, cacheRead }));
