/** Options that every command takes. */
export interface Globals {
  readonly stack: string;
  readonly region?: string;
  readonly profile?: string;
  readonly endpoint?: string;
  readonly json?: boolean;
  readonly color: boolean;
  readonly yes?: boolean;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}
