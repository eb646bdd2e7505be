import { type Call, param } from '../call.ts';
import { NO_CONTENT, NO_CONTENT_TEXT, ok } from '../house.ts';
import { route } from '../router.ts';

const USER_DATA = '/instance/v1/zones/:zone/servers/:id/user_data';
const KEY = `${USER_DATA}/:key`;

const find = (call: Call) => call.world.servers.get(call, param(call, 'id'));

/** /instance/v1/…/servers/{id}/user_data: values are raw text. An unknown key is an empty 404. */
export const USER_DATA_ROUTES = [
  route('GET', USER_DATA, (call) => ok({ user_data: [...find(call).userData.keys()].toSorted() })),
  route('GET', KEY, (call) => {
    const value = find(call).userData.get(param(call, 'key'));
    return value === undefined ? { status: 404 } : { status: 200, text: value };
  }),
  route('PATCH', KEY, (call) => {
    find(call).userData.set(param(call, 'key'), call.raw);
    return NO_CONTENT_TEXT;
  }),
  route('DELETE', KEY, (call) => {
    const known = find(call).userData.delete(param(call, 'key'));
    return known ? NO_CONTENT : { status: 404 };
  }),
];
