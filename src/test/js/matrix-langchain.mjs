// LangChain's chat models over the official clients.
import { AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import * as c from './matrix-cases.mjs';

const tools = [c.WEATHER, c.CLOCK].map((tool) => ({ type: 'function', function: tool }));

const image = () => [
  new HumanMessage({
    content: [
      { type: 'text', text: c.IMAGE },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${c.PIXEL}` } },
    ],
  }),
];

const told = (message) => ({
  text: message.text,
  calls: (message.tool_calls ?? []).map((call) => ({ name: call.name, arguments: call.args })),
  stop:
    message.response_metadata.finish_reason ??
    message.response_metadata.stop_reason ??
    message.additional_kwargs?.stop_reason ??
    message.response_metadata.incomplete_details?.reason ??
    message.response_metadata.status ??
    null,
  usage: message.usage_metadata && {
    input: message.usage_metadata.input_tokens,
    output: message.usage_metadata.output_tokens,
    total: message.usage_metadata.total_tokens,
    cached: message.usage_metadata.input_token_details?.cache_read ?? 0,
  },
});

const streamed = async (model, input) => {
  let joined = null;
  let deltas = 0;
  for await (const chunk of await model.stream(input)) {
    deltas += chunk.text ? 1 : 0;
    joined = joined === null ? chunk : joined.concat(chunk);
  }
  return { ...told(joined), deltas, chunked: joined instanceof AIMessageChunk };
};

const twice = async (model, directive) => {
  const messages = [new HumanMessage(directive)];
  const first = await model.invoke(messages);
  messages.push(first);
  for (const call of first.tool_calls) {
    messages.push(new ToolMessage({ tool_call_id: call.id, content: c.RESULTS[call.name] }));
  }
  return { first: told(first), ...told(await model.invoke(messages)) };
};

const cases = (connect) => ({
  plain: async (model) =>
    told(await connect(model).invoke([new SystemMessage(c.SYSTEM), new HumanMessage(c.PLAIN)])),
  streaming: (model) => streamed(connect(model), c.STREAMING),
  tool: (model) => streamed(connect(model).bindTools(tools), c.TOOL),
  parallel: (model) => twice(connect(model).bindTools(tools), c.PARALLEL),
  forced: async (model) => told(await connect(model).bindTools(tools, { tool_choice: 'clock' }).invoke(c.FORCED)),
  image: async (model) => told(await connect(model).invoke(image())),
  length: async (model) => told(await connect(model, { maxTokens: 16 }).invoke(c.LENGTH)),
  bad: async (model) => told(await connect(model).invoke(c.BAD)),
  limited: (model) => streamed(connect(model), c.LIMITED),
  broken: (model) => streamed(connect(model), c.BROKEN),
});

export const langchainChat = (url, key) =>
  cases(
    (model, more) =>
      new ChatOpenAI({ model, apiKey: key, maxRetries: 0, configuration: { baseURL: `${url}/v1` }, ...more }),
  );

export const langchainResponses = (url, key) =>
  cases(
    (model, more) =>
      new ChatOpenAI({
        model,
        apiKey: key,
        maxRetries: 0,
        useResponsesApi: true,
        configuration: { baseURL: `${url}/v1` },
        ...more,
      }),
  );

export const langchainAnthropic = (url, key) =>
  cases((model, more) => new ChatAnthropic({ model, apiKey: key, maxRetries: 0, anthropicApiUrl: url, ...more }));
