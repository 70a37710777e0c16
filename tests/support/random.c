/* Random numbers: see random.h. */
#include "random.h"

#include <math.h>

#include "../../workloads/support/mix.h"

double random_uniform(uint64_t *state)
{
	return ((double)(mix_next(state) >> 11) + 0.5) * 0x1p-53;
}

double random_normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(random_uniform(state)));
	return radius * cos(2 * M_PI * random_uniform(state));
}

double random_student3(uint64_t *state)
{
	double squares = 0;
	for (int i = 0; i < 3; i++) {
		double value = random_normal(state);
		squares += value * value;
	}
	return random_normal(state) / sqrt(squares / 3);
}
