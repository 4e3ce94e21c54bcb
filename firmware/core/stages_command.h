/** The command `lf stages`. */
#pragma once

/** @param rest what follows the verb; there is a blob */
void stages_command(char *rest);
