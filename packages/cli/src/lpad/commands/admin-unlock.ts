import { embeddedNeedsNo } from '../embedded-needs-no.ts';

export const command = embeddedNeedsNo('locks, so there is nothing to unlock');
