/** A refusal because too much is asked at once; whoever asks later may be luckier. */
export class Busy extends Error {
  readonly statusCode: 429 | 503;
  readonly retryAfterSeconds: number;

  constructor(statusCode: 429 | 503, sentence: string, retryAfterSeconds: number) {
    super(sentence);
    this.name = 'Busy';
    this.statusCode = statusCode;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
