const named: ReadonlyMap<number, string> = new Map([
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x5c, '\\\\'],
]);

/** Bytes as Python writes them, `b'text\x00'`: the text that FireWorks stores for `!!binary` in a YAML file. */
export function pythonBytes(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  const written = Array.from(bytes, (byte) => {
    const letter = String.fromCharCode(byte);
    if (letter === quote) return `\\${quote}`;
    if (byte >= 0x20 && byte < 0x7f && byte !== 0x5c) return letter;
    return named.get(byte) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `b${quote}${written.join('')}${quote}`;
}
