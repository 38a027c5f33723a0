// Any program that uses the official OpenAI client as its documentation shows it: address and key come from the
// environment. Prints the answer as one line of JSON, and stays.
import OpenAI from 'openai';

const client = new OpenAI();
const stream = await client.chat.completions.create({
  model: process.env.LLM_MODEL,
  messages: [{ role: 'user', content: '[[sim tokens=20]] Who are you?' }],
  stream: true,
});
let text = '';
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? '';
}
console.log(JSON.stringify({ agent: process.env.AGENT_ID, text }));
setInterval(() => {}, 1000);
