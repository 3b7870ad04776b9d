/** What a record from outside has under a name of its own: never what every object has, such as constructor. */
export const entry = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined => record && Object.hasOwn(record, name) ? record[name] : undefined
