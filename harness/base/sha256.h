/* SHA-256 of a file. Source: FIPS 180-4, https://doi.org/10.6028/NIST.FIPS.180-4 */
#ifndef IOWALK_BASE_SHA256_H
#define IOWALK_BASE_SHA256_H

#define SHA256_TEXT_MAX 65 /* 64 hexadecimal digits and the end */

/* Of all bytes of the file PATH, as text[SHA256_TEXT_MAX]. 0, or a negative errno of open(2) or read(2). */
int sha256_file(const char *path, char *text);

#endif
