/** How tags of ours are told from what others write into the same places. */
const mark = 'skyrocket:';

/** The text that carries a tag. */
export const tagText = (tag: string) => `${mark}${tag}`;

/** The tag in a text; null when there is none. */
export function tagIn(text: string): string | null {
  return /skyrocket:([\w.-]+)/.exec(text)?.[1] ?? null;
}

/** Where only the job's name can carry a tag, it ends with it. */
export const taggedName = (jobName: string, tag: string) => `${jobName}.sky-${tag}`;

export function tagInName(name: string): string | null {
  return /\.sky-([\w.-]+)$/.exec(name)?.[1] ?? null;
}
