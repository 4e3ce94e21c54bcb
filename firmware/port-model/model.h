/** Leads every register access of a port into a model; included before the port's own headers. */
#pragma once

#include <stdint.h>

/** Called before each access; what the access wrote is seen by the next call. */
volatile uint32_t *model_register(uintptr_t address);

#define REGISTER(address) (*model_register((uintptr_t)(address)))
