/* The host's journal, to say why a unit failed. */
#pragma once

/* Prints on standard error the last lines that 'invocation' of 'unit' logged (errors where there are any, else whatever
 * there is), escaped, and where to read on. */
void journal_explain(const char *unit, const char *invocation);
