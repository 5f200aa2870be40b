/**
 * A moment after so many seconds, as batch systems are told it, in local time: `202601311530.59`, or `2026:01:31:15:31` for
 * LSF, which has no seconds: the next minute then.
 */
export function localMoment(seconds: number, form: '.' | ':'): string {
  const at = new Date(Date.now() + seconds * 1000 + (form === ':' ? 59_000 : 0));
  const two = (number: number) => String(number).padStart(2, '0');
  const parts = [at.getFullYear(), at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes()].map(two);
  return form === ':' ? parts.join(':') : `${parts.join('')}.${two(at.getSeconds())}`;
}
