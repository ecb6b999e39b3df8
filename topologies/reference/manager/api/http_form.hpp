// Between HTTP as the library has it and the API's own requests and answers.
#pragma once

#include <httplib.h>

#include <string>

#include "topologies/reference/manager/api/admission.hpp"
#include "topologies/reference/manager/api/answer.hpp"
#include "topologies/reference/manager/api/router.hpp"
#include "topologies/reference/manager/api/single_sign_on.hpp"

namespace splitsite::reference {

void to_http(const ApiAnswer& answer, httplib::Response& response);

SignOnRequest sign_on_request(const httplib::Request& request);
Credentials credentials(const httplib::Request& request);
// Everything but the user. The path still has its version, if it was asked for with one.
ApiRequest api_request(const httplib::Request& request);

// Whether version 4 of the API is asked for, in the header Version or in the path, which is freed
// of it. There is no other (ovirt-engine restapi VersionFilter).
bool is_version_4(const httplib::Request& request, std::string& path);

}  // namespace splitsite::reference
