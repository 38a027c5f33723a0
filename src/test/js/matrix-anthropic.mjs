// The official Anthropic client.
import Anthropic from '@anthropic-ai/sdk';
import * as c from './matrix-cases.mjs';

export function anthropic(url, key) {
  const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
  const tools = [c.WEATHER, c.CLOCK].map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: parameters,
  }));
  const user = (content) => [{ role: 'user', content }];
  const join = (answer, type, member) =>
    answer.content
      .filter((block) => block.type === type)
      .map((block) => block[member])
      .join('');
  const told = (answer) => ({
    text: join(answer, 'text', 'text'),
    calls: answer.content
      .filter((block) => block.type === 'tool_use')
      .map((block) => ({ name: block.name, arguments: block.input })),
    stop: answer.stop_reason,
    usage: {
      input:
        answer.usage.input_tokens +
        (answer.usage.cache_read_input_tokens ?? 0) +
        (answer.usage.cache_creation_input_tokens ?? 0),
      output: answer.usage.output_tokens,
      cached: answer.usage.cache_read_input_tokens ?? 0,
      written: answer.usage.cache_creation_input_tokens ?? 0,
    },
    reasoning: join(answer, 'thinking', 'thinking'),
  });
  const full = (body) => ({ max_tokens: 2000, ...body });
  const asked = (body) => client.messages.create(full(body));
  const askedStreaming = (body) => client.messages.stream(full(body)).finalMessage();
  const streamed = async (body) => {
    let deltas = 0;
    const stream = client.messages.stream(full(body));
    stream.on('text', () => (deltas += 1));
    return { ...told(await stream.finalMessage()), deltas };
  };
  const twice = async (ask, body) => {
    const first = await ask(body);
    const results = first.content
      .filter((block) => block.type === 'tool_use')
      .map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: c.RESULTS[call.name] }));
    const messages = [...body.messages, { role: 'assistant', content: first.content }, ...user(results)];
    return { first: told(first), ...told(await ask({ ...body, messages })) };
  };
  return {
    plain: async (model) =>
      told(
        await asked({
          model,
          system: [{ type: 'text', text: c.SYSTEM }],
          messages: user(c.PLAIN),
          temperature: 0.5,
        }),
      ),
    streaming: (model) => streamed({ model, messages: user(c.STREAMING) }),
    tool: (model) => streamed({ model, messages: user(c.TOOL), tools }),
    parallel: (model) => twice(asked, { model, messages: user(c.PARALLEL), tools }),
    parallelStreaming: (model) => twice(askedStreaming, { model, messages: user(c.PARALLEL), tools }),
    forced: async (model) =>
      told(await asked({ model, messages: user(c.FORCED), tools, tool_choice: { type: 'tool', name: 'clock' } })),
    image: async (model) =>
      told(
        await asked({
          model,
          messages: user([
            { type: 'text', text: c.IMAGE },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: c.PIXEL } },
          ]),
        }),
      ),
    length: async (model) => told(await asked({ model, messages: user(c.LENGTH), max_tokens: 16 })),
    lengthStreaming: (model) => streamed({ model, messages: user(c.LENGTH), max_tokens: 16 }),
    reasoning: (model) =>
      twice(askedStreaming, {
        model,
        messages: user(c.REASONING),
        tools,
        max_tokens: 4000,
        thinking: { type: 'enabled', budget_tokens: 1024 },
      }),
    bad: async (model) => told(await asked({ model, messages: user(c.BAD) })),
    limited: (model) => streamed({ model, messages: user(c.LIMITED) }),
    broken: (model) => streamed({ model, messages: user(c.BROKEN) }),
    unended: (model) => streamed({ model, messages: user(c.UNENDED) }),
  };
}
