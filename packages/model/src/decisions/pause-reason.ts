/** Where a user finds why a Firework was paused for him: a key of `spec`, removed when the Firework leaves PAUSED. */
export const pauseReasonKey = '_pause_reason';
