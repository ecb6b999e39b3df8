#define CATCH_CONFIG_MAIN
#include "scripts/testing/catch.hpp"
