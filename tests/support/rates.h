/* Tests of rates over thousands of made-up measurements. */
#ifndef IOWALK_TESTS_RATES_H
#define IOWALK_TESTS_RATES_H

/* They compute for a minute, and the same again under sanitizers finds nothing: skipped there. To be used in a test
 * of cmocka. */
#if defined(__SANITIZE_ADDRESS__)
#define RATES_ONCE() skip()
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RATES_ONCE() skip()
#endif
#endif
#ifndef RATES_ONCE
#define RATES_ONCE() (void)0
#endif

#endif
