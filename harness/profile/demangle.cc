// C++ names: see demangle.h. Source: the C++ ABI, abi::__cxa_demangle.
#include "demangle.h"

#include <cstring>
#include <cxxabi.h>

extern "C" char *demangled(const char *symbol)
{
	int status = 0;

	if (std::strncmp(symbol, "_Z", 2) != 0)
		return nullptr;
	return abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
}
