import { z } from 'zod';
import type { Endpoint } from './endpoint.js';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
  });
  return json;
};

function parametersOf(endpoint: Endpoint) {
  return (['params', 'query'] as const).flatMap(place => {
    const schema = endpoint[place];
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
      properties?: Record<string, unknown>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, one]) => ({
      name,
      in: place === 'params' ? 'path' : 'query',
      required: place === 'params' || required.includes(name),
      schema: one,
    }));
  });
}

function bodyOf({ body }: Endpoint) {
  if (body === undefined) return {};
  const content =
    body === 'bytes'
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemaOf(body, 'input') } };
  return { requestBody: { required: true, content } };
}

/** The OpenAPI document of the farm's programming interface, made from the endpoints themselves. */
export function openApi(endpoints: readonly Endpoint[], prefix: string, version: string) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    const path = prefix + endpoint.path.replace(/:(\w+)/g, '{$1}');
    const answer = endpoint.answer === undefined ? {} : schemaOf(endpoint.answer, 'output');
    paths[path] = {
      ...paths[path],
      [endpoint.method.toLowerCase()]: {
        summary: endpoint.summary,
        description: `Needs the role ${[endpoint.role].flat().join(' or ')}.`,
        security: [{ token: [] }],
        parameters: parametersOf(endpoint),
        ...bodyOf(endpoint),
        responses: {
          200: { description: 'done', content: { 'application/json': { schema: answer } } },
          default: {
            description: 'refused or failed: { error: { code, message } }',
            content: { 'application/json': { schema: { type: 'object' } } },
          },
        },
      },
    };
  }
  return {
    openapi: '3.0.3',
    info: { title: 'littlefirst farm', version },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}
