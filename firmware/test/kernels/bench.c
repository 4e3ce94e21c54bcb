/**
 * Runs the first network of a blob once between two marks of the timing plugin's doorbell; prints its scores. With
 * STEP_BY_STEP defined every step runs between two marks of its own, as a network of one step: a profile by step.
 */
#include "blob.h"
#include "console.h"
#include "kernels.h"
#include "nn.h"

#define BLOB_ADDRESS 0x21000000u
#define WINDOW_ADDRESS 0x21400000u
enum { BEGIN = 4, END = 5, BLOB_BYTES = 1 << 22, ARENA_BYTES = 1 << 18 };

/** At the start of RAM, where the host tells the plugin to watch. */
volatile uint32_t doorbell[64] __attribute__((section(".doorbell")));
static uint8_t arena[ARENA_BYTES] __attribute__((aligned(4)));

/** One inference; `scores` as lf_net_run sets it. */
static void run(const lf_net *net, const int8_t **scores) {
#ifdef STEP_BY_STEP
  lf_network header = *net->header;
  lf_net one = *net;
  one.header = &header;
  header.step_count = 1;
  for (uint32_t i = 0; i < net->header->step_count; i++, one.steps++) {
    doorbell[BEGIN] = 0;
    lf_net_run(&one, (const void *)WINDOW_ADDRESS, 0, arena, scores);
    doorbell[END] = 0;
  }
#else
  doorbell[BEGIN] = 0;
  lf_net_run(net, (const void *)WINDOW_ADDRESS, 0, arena, scores);
  doorbell[END] = 0;
#endif
}

int main(void) {
  lf_blob blob;
  lf_net net;
  const int8_t *scores = 0;
  int status = lf_blob_open((const uint8_t *)BLOB_ADDRESS, BLOB_BYTES, &blob);
  if (status == LF_OK) status = lf_net_open(&blob, 0, &net);
  if (status != LF_OK) {
    put_number("refused -", (uint32_t)-status, "\n");
    end_emulation();
  }
  run(&net, &scores);
  put_text("scores");
  for (uint32_t i = 0; i < net.header->output_count; i++) {
    if (scores[i] < 0)
      put_number(" -", (uint32_t)-scores[i], "");
    else
      put_number(" ", (uint32_t)scores[i], "");
  }
  put_text("\n");
  end_emulation();
}
