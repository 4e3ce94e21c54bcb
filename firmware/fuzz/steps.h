/** Windows, resets and parameters for the cascade, as an input says. */
#pragma once

#include "blob_format.h"
#include "script.h"

/** Runs the opened cascade until the input ends. Ends the process when a result cannot be. */
void steps_run(const lf_blob *blob, struct script *script);
