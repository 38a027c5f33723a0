// What the cases of all clients share.
export const SYSTEM = 'You are brief; é, 東京, 🦉.';
export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

// The tools that are called get these arguments from the simulated model: {city: "Zürich"} and {offset: 7}.
export const WEATHER = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
export const CLOCK = {
  name: 'clock',
  description: 'The time somewhere',
  parameters: { type: 'object', properties: { offset: { type: 'integer' } } },
};

export const RESULTS = { weather: 'It is 18 degrees.', clock: 'It is 9 o’clock.' };

// What the simulated model is told to do in each case, and what it is asked.
export const say = (directive, name) => `[[sim ${directive}]] ${name}`;
export const PLAIN = say('tokens=20 cached=5', 'plain');
export const STREAMING = say('tokens=60 split=7', 'streaming');
export const TOOL = say('tool_call=1', 'tool');
export const PARALLEL = say('tool_call=2 preface=3 tokens=9', 'parallel');
export const FORCED = say('tokens=9', 'forced');
export const IMAGE = say('tokens=11', 'image');
export const LENGTH = say('tokens=50', 'length');
export const REASONING = say('reasoning=4 tool_call=1 tokens=12', 'reasoning');
export const BAD = say('status=400', 'bad');
export const LIMITED = say('refuse429 retry_after=7', 'limited');
export const BROKEN = say('tokens=20 error_after=5', 'broken');
export const UNENDED = say('tokens=20 no_terminal', 'unended');
