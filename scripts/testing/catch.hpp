// The only include of Catch2, so that moving from version 2 to 3 is a change in one file.
#pragma once

#include <catch2/catch.hpp>
