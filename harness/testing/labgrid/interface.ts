/**
 * The part of labgrid's coordinator interface that clients use, transcribed from its published description (labgrid 26.0, remote/proto/labgrid-coordinator.proto)
 * apart from `harness/wire/labgrid/coordinator.proto`: a number that is wrong in one of them is wrong between the two.
 */
type Fields = Record<string, string>;

/** @param fields name to `number type`, `number repeated type` or `number map<key, type>` */
function message(fields: Fields, oneof: string[] = []) {
  const entries = Object.entries(fields).map(([name, text]) => {
    const [, id, repeated, key, mapped, plain] = /^(\d+) (repeated )?(?:map<(\w+), (\w+)>|(\w+))$/.exec(
      text,
    )!;
    const type = mapped ?? plain;
    return [
      name,
      {
        id: Number(id),
        type,
        ...(key && { keyType: key }),
        ...(repeated && { rule: 'repeated' }),
      },
    ];
  });
  return {
    fields: Object.fromEntries(entries),
    ...(oneof.length > 0 && { oneofs: { kind: { oneof } } }),
  };
}

const unary = (name: string) => [name, { requestType: `${name}Request`, responseType: `${name}Response` }];

export const coordinatorInterface = {
  nested: {
    labgrid: {
      nested: {
        Coordinator: {
          methods: Object.fromEntries([
            [
              'ClientStream',
              {
                requestType: 'ClientInMessage',
                requestStream: true,
                responseType: 'ClientOutMessage',
                responseStream: true,
              },
            ],
            ...[
              'AcquirePlace',
              'ReleasePlace',
              'CreateReservation',
              'CancelReservation',
              'PollReservation',
              'GetReservations',
            ].map(unary),
          ]),
        },
        ClientInMessage: message({ sync: '1 Sync', startup: '2 StartupDone', subscribe: '3 Subscribe' }, [
          'sync',
          'startup',
          'subscribe',
        ]),
        Sync: message({ id: '1 uint64' }),
        StartupDone: message({ version: '1 string', name: '2 string' }),
        Subscribe: message({ is_unsubscribe: '1 bool', all_places: '2 bool', all_resources: '3 bool' }, [
          'all_places',
          'all_resources',
        ]),
        ClientOutMessage: message({ sync: '1 Sync', updates: '2 repeated UpdateResponse' }),
        UpdateResponse: message(
          { resource: '1 Resource', del_resource: '2 Path', place: '3 Place', del_place: '4 string' },
          ['resource', 'del_resource', 'place', 'del_place'],
        ),
        Path: message({ exporter_name: '1 string', group_name: '2 string', resource_name: '3 string' }),
        Resource: message({
          path: '1 Path',
          cls: '2 string',
          params: '3 map<string, MapValue>',
          extra: '4 map<string, MapValue>',
          acquired: '5 string',
          avail: '6 bool',
        }),
        MapValue: message(
          {
            bool_value: '1 bool',
            int_value: '2 int64',
            uint_value: '3 uint64',
            float_value: '4 double',
            string_value: '5 string',
          },
          ['bool_value', 'int_value', 'uint_value', 'float_value', 'string_value'],
        ),
        Place: message({
          name: '1 string',
          aliases: '2 repeated string',
          comment: '3 string',
          tags: '4 map<string, string>',
          matches: '5 repeated ResourceMatch',
          acquired: '6 string',
          acquired_resources: '7 repeated string',
          allowed: '8 repeated string',
          created: '9 double',
          changed: '10 double',
          reservation: '11 string',
        }),
        ResourceMatch: message({
          exporter: '1 string',
          group: '2 string',
          cls: '3 string',
          name: '4 string',
          rename: '5 string',
        }),
        AcquirePlaceRequest: message({ placename: '1 string' }),
        AcquirePlaceResponse: message({}),
        ReleasePlaceRequest: message({ placename: '1 string', fromuser: '2 string' }),
        ReleasePlaceResponse: message({}),
        Filter: message({ filter: '1 map<string, string>' }),
        CreateReservationRequest: message({ filters: '1 map<string, Filter>', prio: '2 double' }),
        CreateReservationResponse: message({ reservation: '1 Reservation' }),
        CancelReservationRequest: message({ token: '1 string' }),
        CancelReservationResponse: message({}),
        PollReservationRequest: message({ token: '1 string' }),
        PollReservationResponse: message({ reservation: '1 Reservation' }),
        GetReservationsRequest: message({}),
        GetReservationsResponse: message({ reservations: '1 repeated Reservation' }),
        Reservation: message({
          owner: '1 string',
          token: '2 string',
          state: '3 int32',
          prio: '4 double',
          filters: '5 map<string, Filter>',
          allocations: '6 map<string, string>',
          created: '7 double',
          timeout: '8 double',
        }),
      },
    },
  },
};
