/** What the model of the STM32L4R5's registers saw. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MODEL_MOST = 32 };

struct model {
  const char *rules[MODEL_MOST]; /**< Rules that were broken, each once. */
  unsigned broken;
  uint32_t fastest;              /**< Highest core clock, Hz. */
  uint32_t stops;                /**< Times in Stop 2. */
  uint32_t lptim_ticks;          /**< Of the last start. */
  uint32_t sent;                 /**< Bytes that the DMA gave to the LPUART. */
  uint32_t accesses;
  bool smps_fitted, stuck;
};
extern struct model model;

/** Registers as after power-up. */
void model_reset(void);

/** The core clock, from the registers. */
uint32_t model_hclk(void);

/** Moves what the DMA has. */
void model_run_dma(void);
