#ifndef HYP3_MIRROR_CURL_SHIM_H
#define HYP3_MIRROR_CURL_SHIM_H

#include <curl/curl.h>

// libcurl's option and info calls are variadic, which Swift cannot call; each wrapper fixes the one argument type that
// libcurl documents for its class of options (curl_easy_setopt(3), curl_easy_getinfo(3), curl_multi_setopt(3)).

#pragma clang assume_nonnull begin

typedef size_t (*shim_data_callback)(char *bytes, size_t size, size_t count, void *_Nullable context);

CURLcode shim_setopt_long(CURL *handle, CURLoption option, long value);
CURLcode shim_setopt_string(CURL *handle, CURLoption option, const char *_Nullable value);
CURLcode shim_setopt_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode shim_setopt_list(CURL *handle, CURLoption option, struct curl_slist *_Nullable value);
CURLcode shim_setopt_context(CURL *handle, CURLoption option, void *_Nullable value);
CURLcode shim_setopt_callback(CURL *handle, CURLoption option, shim_data_callback _Nullable value);
CURLcode shim_setopt_share(CURL *handle, CURLSH *_Nullable value);

CURLcode shim_getinfo_long(CURL *handle, CURLINFO info, long *value);
CURLcode shim_getinfo_offset(CURL *handle, CURLINFO info, curl_off_t *value);
CURLcode shim_getinfo_string(CURL *handle, CURLINFO info, const char *_Nullable *_Nonnull value);

CURLMcode shim_multi_setopt_long(CURLM *multi, CURLMoption option, long value);
CURLSHcode shim_share_lock_data(CURLSH *share, curl_lock_data data);

#pragma clang assume_nonnull end

#endif
