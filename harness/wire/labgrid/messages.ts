/** What a labgrid coordinator sends, as far as it is read (`coordinator.proto`); what a message leaves out is absent. */

export interface PlaceMessage {
  name: string;
  matches?: { exporter: string; group: string; cls: string; name?: string; rename?: string }[];
  /** Who has it, `host/user`; absent or empty: nobody. */
  acquired?: string;
  /** `exporter/group/class/name` of each resource that was acquired with it. */
  acquired_resources?: string[];
  /** Seconds since 1970 of its last change: being acquired is one. */
  changed?: number;
  /** Token of the reservation that it was allocated to. */
  reservation?: string;
}

/** A value is one of the fields. */
export type Value = Partial<{
  bool_value: boolean;
  int_value: number;
  uint_value: number;
  float_value: number;
  string_value: string;
}>;

export interface ResourcePath {
  exporter_name?: string;
  group_name?: string;
  resource_name?: string;
}

export interface ResourceMessage {
  path: ResourcePath;
  cls: string;
  params?: Record<string, Value>;
  extra?: Record<string, Value>;
  acquired?: string;
  avail?: boolean;
}

export interface ReservationMessage {
  owner: string;
  token: string;
  state?: number;
}

/** States of a reservation that are told apart: it waits for the place; every other ends the wait. */
export const reservationStates = { waiting: 0, allocated: 1 } as const;

export interface OutMessage {
  sync?: { id: number };
  updates?: {
    resource?: ResourceMessage;
    del_resource?: ResourcePath;
    place?: PlaceMessage;
    del_place?: string;
  }[];
}

export const plainOf = (value: Value | undefined): string | number | boolean | undefined =>
  value?.string_value ?? value?.uint_value ?? value?.int_value ?? value?.float_value ?? value?.bool_value;
