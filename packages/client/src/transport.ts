/** Sends one request and reads the whole reply. Redirections are not followed: they would take the token elsewhere. */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportReply>;

export interface TransportRequest {
  method: 'POST';
  headers: Record<string, string>;
  body: string;
  /** So long the reply is waited for. */
  milliseconds: number;
}

export interface TransportReply {
  status: number;
  /** By its name in small letters. */
  header(name: string): string | null;
  text: string;
}
