// One conversation through the official OpenAI client, unmodified: `node sdk.mjs CASE '{"model": …, …}'`.
// Prints one JSON object. BASE_URL and API_KEY stand for what a user would set. The only addition is a fetch that counts.
import OpenAI from 'openai';

const [, , name, text] = process.argv;
const options = JSON.parse(text ?? '{}');
let requests = 0;
const client = new OpenAI({
  baseURL: process.env.BASE_URL,
  apiKey: process.env.API_KEY,
  fetch: (...request) => {
    requests += 1;
    return fetch(...request);
  },
});

const tools = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'The weather of a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
  {
    type: 'function',
    function: { name: 'clock', parameters: { type: 'object', properties: { offset: { type: 'integer' } } } },
  },
];

const say = (content) => [{ role: 'user', content }];

const cases = {
  async embeddings() {
    const answer = await client.embeddings.create({ model: options.model, input: options.input, ...options.more });
    return { vectors: answer.data.map((each) => each.embedding.length), first: answer.data[0].embedding[0], usage: answer.usage };
  },
  async plain() {
    const { data, response } = await client.chat.completions
      .create({ model: options.model, messages: say(options.say), ...options.more })
      .withResponse();
    return { answer: data, headers: Object.fromEntries(response.headers) };
  },

  async streaming() {
    const stream = await client.chat.completions.create({
      model: options.model,
      messages: say(options.say),
      stream: true,
      ...options.more,
    });
    let content = '';
    let finish = null;
    let usage = null;
    let chunks = 0;
    for await (const chunk of stream) {
      chunks += 1;
      content += chunk.choices[0]?.delta?.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    return { content, finish, usage, chunks };
  },

  // The client's own accumulator of streamed answers, which is strict about shapes.
  async accumulated() {
    const runner = client.chat.completions.stream({ model: options.model, messages: say(options.say), ...options.more });
    return { answer: await runner.finalChatCompletion() };
  },

  async tools() {
    const messages = say(options.say);
    const first = await client.chat.completions.create({ model: options.model, messages, tools });
    const calls = first.choices[0].message.tool_calls;
    messages.push(first.choices[0].message);
    for (const call of calls) {
      messages.push({ role: 'tool', tool_call_id: call.id, content: 'It is 18 degrees.' });
    }
    const second = await client.chat.completions.create({ model: options.model, messages, tools });
    return { calls, finish: first.choices[0].finish_reason, content: second.choices[0].message.content };
  },

  async streamedTools() {
    const runner = client.chat.completions.stream({ model: options.model, messages: say(options.say), tools });
    const answer = await runner.finalChatCompletion();
    return { calls: answer.choices[0].message.tool_calls, finish: answer.choices[0].finish_reason };
  },

  async models() {
    const models = [];
    for await (const model of client.models.list()) {
      models.push(model.id);
    }
    return { models };
  },
};

const failure = (error) => ({
  failed: error.constructor.name,
  status: error.status ?? null,
  code: error.code ?? null,
  type: error.type ?? null,
  message: String(error.message),
  body: error.error ?? null,
  requestId: error.requestID ?? null,
});

const result = await cases[name]().catch(failure);
console.log(JSON.stringify({ ...result, requests }));
