/** Who a launchpad is. `location` is for people: a path, or a URI without its password. */
export interface LaunchPadIdentity {
  uuid: string;
  kind: 'embedded' | 'mongodb' | 'server';
  location: string;
  version: string;
}
