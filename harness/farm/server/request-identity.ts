import type { Identity } from '../store/tokens.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request; set where an endpoint has let it through. */
    identity?: Identity;
  }
}
