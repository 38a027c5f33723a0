// The official OpenAI client: chat completions and responses.
import OpenAI from 'openai';
import * as c from './matrix-cases.mjs';

const connect = (url, key) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });

export function openaiChat(url, key) {
  const client = connect(url, key);
  const tools = [c.WEATHER, c.CLOCK].map((tool) => ({ type: 'function', function: tool }));
  const user = (content) => [{ role: 'user', content }];
  const told = (answer) => ({
    text: answer.choices[0].message.content ?? '',
    calls: (answer.choices[0].message.tool_calls ?? []).map((call) => ({
      name: call.function.name,
      arguments: JSON.parse(call.function.arguments),
    })),
    stop: answer.choices[0].finish_reason,
    usage: answer.usage && {
      input: answer.usage.prompt_tokens,
      output: answer.usage.completion_tokens,
      total: answer.usage.total_tokens,
      cached: answer.usage.prompt_tokens_details?.cached_tokens ?? 0,
      reasoning: answer.usage.completion_tokens_details?.reasoning_tokens ?? 0,
    },
    reasoning: answer.choices[0].message.reasoning_content ?? '',
  });
  const whole = async (body) => told(await client.chat.completions.create(body));
  const streamed = async (body) => {
    let deltas = 0;
    const runner = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    runner.on('chunk', () => (deltas += 1));
    return { ...told(await runner.finalChatCompletion()), deltas };
  };
  const twice = async (ask, body) => {
    const messages = body.messages;
    const first = await ask({ ...body, messages });
    messages.push(first.message);
    for (const call of first.message.tool_calls) {
      messages.push({ role: 'tool', tool_call_id: call.id, content: c.RESULTS[call.function.name] });
    }
    return { first: told(first.answer), ...told((await ask({ ...body, messages })).answer) };
  };
  const asked = async (body) => {
    const answer = await client.chat.completions.create(body);
    return { answer, message: answer.choices[0].message };
  };
  const askedStreaming = async (body) => {
    const answer = await client.chat.completions
      .stream({ ...body, stream_options: { include_usage: true } })
      .finalChatCompletion();
    return { answer, message: answer.choices[0].message };
  };
  return {
    plain: (model) =>
      whole({ model, messages: [{ role: 'system', content: c.SYSTEM }, ...user(c.PLAIN)], temperature: 0.5 }),
    streaming: (model) => streamed({ model, messages: user(c.STREAMING) }),
    tool: (model) => streamed({ model, messages: user(c.TOOL), tools }),
    parallel: (model) => twice(asked, { model, messages: user(c.PARALLEL), tools }),
    parallelStreaming: (model) => twice(askedStreaming, { model, messages: user(c.PARALLEL), tools }),
    forced: (model) =>
      whole({
        model,
        messages: user(c.FORCED),
        tools,
        tool_choice: { type: 'function', function: { name: 'clock' } },
      }),
    image: (model) =>
      whole({
        model,
        messages: user([
          { type: 'text', text: c.IMAGE },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${c.PIXEL}` } },
        ]),
      }),
    length: (model) => whole({ model, messages: user(c.LENGTH), max_completion_tokens: 16 }),
    lengthStreaming: (model) => streamed({ model, messages: user(c.LENGTH), max_completion_tokens: 16 }),
    reasoning: (model) =>
      twice(asked, { model, messages: user(c.REASONING), tools, reasoning_effort: 'low', max_completion_tokens: 4000 }),
    bad: (model) => whole({ model, messages: user(c.BAD) }),
    limited: (model) => streamed({ model, messages: user(c.LIMITED) }),
    broken: (model) => streamed({ model, messages: user(c.BROKEN) }),
    unended: (model) => streamed({ model, messages: user(c.UNENDED) }),
  };
}

export function openaiResponses(url, key) {
  const client = connect(url, key);
  const tools = [c.WEATHER, c.CLOCK].map((tool) => ({ type: 'function', strict: false, ...tool }));
  const user = (content) => [{ role: 'user', content }];
  const told = (answer) => ({
    text: answer.output_text,
    calls: answer.output
      .filter((item) => item.type === 'function_call')
      .map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) })),
    stop: answer.incomplete_details?.reason ?? answer.status,
    usage: {
      input: answer.usage.input_tokens,
      output: answer.usage.output_tokens,
      total: answer.usage.total_tokens,
      cached: answer.usage.input_tokens_details.cached_tokens,
      reasoning: answer.usage.output_tokens_details.reasoning_tokens,
    },
    reasoning: answer.output
      .filter((item) => item.type === 'reasoning')
      .flatMap((item) => item.summary.map((part) => part.text))
      .join(''),
  });
  const asked = (body) => client.responses.create(body);
  const askedStreaming = (body) => client.responses.stream(body).finalResponse();
  const streamed = async (body) => {
    let deltas = 0;
    const runner = client.responses.stream(body);
    runner.on('response.output_text.delta', () => (deltas += 1));
    const answer = await runner.finalResponse();
    if (answer.status !== 'completed' && answer.status !== 'incomplete') {
      return { failed: 'response.' + answer.status, type: answer.error?.code ?? null, message: answer.error?.message };
    }
    return { ...told(answer), deltas };
  };
  const twice = async (ask, body) => {
    const first = await ask({ ...body, store: false });
    const input = [...body.input];
    for (const item of first.output) {
      const { parsed_arguments: _, ...bare } = item;
      input.push(bare);
    }
    for (const call of first.output.filter((item) => item.type === 'function_call')) {
      input.push({ type: 'function_call_output', call_id: call.call_id, output: c.RESULTS[call.name] });
    }
    return { first: told(first), ...told(await ask({ ...body, input, store: false })) };
  };
  return {
    plain: async (model) => told(await asked({ model, instructions: c.SYSTEM, input: c.PLAIN, temperature: 0.5 })),
    streaming: (model) => streamed({ model, input: c.STREAMING }),
    tool: (model) => streamed({ model, input: user(c.TOOL), tools }),
    parallel: (model) => twice(asked, { model, input: user(c.PARALLEL), tools }),
    parallelStreaming: (model) => twice(askedStreaming, { model, input: user(c.PARALLEL), tools }),
    forced: async (model) =>
      told(
        await asked({ model, input: user(c.FORCED), tools, tool_choice: { type: 'function', name: 'clock' } }),
      ),
    image: async (model) =>
      told(
        await asked({
          model,
          input: user([
            { type: 'input_text', text: c.IMAGE },
            { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${c.PIXEL}` },
          ]),
        }),
      ),
    length: async (model) => told(await asked({ model, input: c.LENGTH, max_output_tokens: 16 })),
    lengthStreaming: (model) => streamed({ model, input: c.LENGTH, max_output_tokens: 16 }),
    reasoning: (model) =>
      twice(askedStreaming, {
        model,
        input: user(c.REASONING),
        tools,
        reasoning: { effort: 'low', summary: 'auto' },
        include: ['reasoning.encrypted_content'],
        max_output_tokens: 4000,
      }),
    bad: async (model) => told(await asked({ model, input: c.BAD })),
    limited: (model) => streamed({ model, input: c.LIMITED }),
    broken: (model) => streamed({ model, input: c.BROKEN }),
    unended: (model) => streamed({ model, input: c.UNENDED }),
  };
}
