// SPDX-License-Identifier: Apache-2.0
#include "notify/transfer.hpp"

#include "base/check.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace fleet::notify {

namespace {

constexpr long kConnectMs = 5'000;

struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List list_of(const std::vector<std::string>& lines) {
    List list;
    for (const std::string& line : lines) {
        // It appends to the list that it is given, or fails and leaves that alone.
        curl_slist* const first = curl_slist_append(list.get(), line.c_str());
        FLEET_CHECK(first != nullptr);  // out of memory
        if (!list) list.reset(first);
    }
    return list;
}

std::size_t discard(const char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

int check_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

std::size_t read_more(char* to, std::size_t size, std::size_t count, void* left) {
    auto& rest = *static_cast<std::string_view*>(left);
    const std::size_t taken = std::min(size * count, rest.size());
    std::memcpy(to, rest.data(), taken);
    rest.remove_prefix(taken);
    return taken;
}

/// A handle with what both kinds need. libcurl copies texts; lists must outlive the transfer.
class Handle {
  public:
    Handle(const std::string& url, const char* protocols, std::int64_t timeout_ms,
           const std::stop_token& stop)
        : stop_(stop) {
        static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
        FLEET_CHECK(started == CURLE_OK);
        curl_ = curl_easy_init();
        FLEET_CHECK(curl_ != nullptr);
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, protocols);
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
        set(CURLOPT_CONNECTTIMEOUT_MS, std::min(kConnectMs, static_cast<long>(timeout_ms)));
        set(CURLOPT_WRITEFUNCTION, &discard);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, &check_stop);
        set(CURLOPT_XFERINFODATA, &stop_);
        set(CURLOPT_ERRORBUFFER, error_.data());
    }
    ~Handle() { curl_easy_cleanup(curl_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    template <class Value>
    void set(CURLoption option, Value value) {
        const CURLcode done = curl_easy_setopt(curl_, option, value);
        FLEET_CHECK(done == CURLE_OK);
    }

    Reply perform() {
        Reply reply;
        const CURLcode done = curl_easy_perform(curl_);
        reply.complete = done == CURLE_OK;
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &reply.status);
        curl_off_t wait_s = 0;
        if (curl_easy_getinfo(curl_, CURLINFO_RETRY_AFTER, &wait_s) == CURLE_OK && wait_s > 0)
            reply.retry_after_ms = std::min<std::int64_t>(wait_s, 86'400) * 1'000;
        if (done == CURLE_ABORTED_BY_CALLBACK) {
            reply.error = "the server is stopping";
        } else if (done != CURLE_OK) {
            reply.error = error_[0] != '\0' ? error_.data() : curl_easy_strerror(done);
        }
        return reply;
    }

  private:
    CURL* curl_ = nullptr;
    std::stop_token stop_;
    std::array<char, CURL_ERROR_SIZE> error_{};
};

}  // namespace

Reply post(const HttpPost& request, const std::stop_token& stop) {
    Handle handle(request.url, "http,https", request.timeout_ms, stop);
    std::vector<std::string> lines = request.headers;
    lines.emplace_back("Expect:");  // no 100-continue
    const List headers = list_of(lines);
    handle.set(CURLOPT_HTTPHEADER, headers.get());
    handle.set(CURLOPT_POST, 1L);
    handle.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    handle.set(CURLOPT_POSTFIELDS, request.body.data());
    return handle.perform();
}

Reply send_mail(const MailTransfer& mail, const std::stop_token& stop) {
    Handle handle(mail.url, "smtp,smtps", mail.timeout_ms, stop);
    if (mail.starttls) handle.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!mail.user.empty()) {
        handle.set(CURLOPT_USERNAME, mail.user.c_str());
        handle.set(CURLOPT_PASSWORD, mail.password.c_str());
    }
    const List to = list_of(mail.to);
    handle.set(CURLOPT_MAIL_FROM, mail.from.c_str());
    handle.set(CURLOPT_MAIL_RCPT, to.get());
    handle.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, mail.some_may_fail ? 1L : 0L);
    std::string_view left = mail.message;
    handle.set(CURLOPT_UPLOAD, 1L);
    handle.set(CURLOPT_READFUNCTION, &read_more);
    handle.set(CURLOPT_READDATA, &left);
    return handle.perform();
}

}  // namespace fleet::notify
