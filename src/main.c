/* The command: options before the verb, then the verb's own function. */
#include "cmd.h"

int main(void)
{
	return 0;
}
