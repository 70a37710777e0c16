/* Random numbers for made-up measurements. `state`: of mix_next(); the same one gives the same numbers. */
#ifndef IOWALK_TESTS_RANDOM_H
#define IOWALK_TESTS_RANDOM_H

#include <stdint.h>

/* Between 0 and 1, neither included. */
double random_uniform(uint64_t *state);

/* Of the standard normal distribution. Source: Box and Muller (1958) */
double random_normal(uint64_t *state);

/* Of Student's t with 3 degrees of freedom; its variance is 3. */
double random_student3(uint64_t *state);

#endif
