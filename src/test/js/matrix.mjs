// Every case of some clients against every model: `node matrix.mjs CLIENT,… MODEL,…`.
// Prints one JSON object, {client: {model: {case: result}}}. BASE_URL (without /v1) and API_KEY are all that a user would set; the
// clients are the official ones, unmodified, and never try twice.
import { openaiChat, openaiResponses } from './matrix-openai.mjs';
import { anthropic } from './matrix-anthropic.mjs';
import { langchainAnthropic, langchainChat, langchainResponses } from './matrix-langchain.mjs';

const clients = { openaiChat, openaiResponses, anthropic, langchainChat, langchainResponses, langchainAnthropic };

const [, , names, models] = process.argv;

const header = (error, wanted) => {
  const headers = error.headers ?? error.response?.headers;
  return (typeof headers?.get === 'function' ? headers.get(wanted) : headers?.[wanted]) ?? null;
};

const failure = (error) => ({
  failed: error.constructor.name,
  status: error.status ?? null,
  type: error.error?.error?.type ?? error.type ?? error.error?.type ?? null,
  message: String(error.message),
  retryAfter: header(error, 'retry-after'),
  requestId: error.requestID ?? error.request_id ?? error.requestId ?? header(error, 'x-request-id') ?? null,
});

// One client after the other, each with all its cases at once: a machine of two cores is busy enough.
const results = {};
for (const name of names.split(',')) {
  const client = clients[name](process.env.BASE_URL, process.env.API_KEY);
  results[name] = {};
  await Promise.all(
    models.split(',').flatMap((model) => {
      results[name][model] = {};
      return Object.entries(client).map(async ([key, run]) => {
        results[name][model][key] = await run(model).catch(failure);
      });
    }),
  );
}
console.log(JSON.stringify(results));
