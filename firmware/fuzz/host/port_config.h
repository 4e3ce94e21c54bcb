/** Small buffers, so that a few inputs fill them; with room for the blobs of the corpora. */
#pragma once

#define PORT_RING_BYTES (8u * 1024u)
#define PORT_ARENA_BYTES (16u * 1024u)
