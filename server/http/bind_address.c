/* SPDX-License-Identifier: Apache-2.0 */
#include "server/http/bind_address.h"

#include "base/str.h"
#include "base/text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- reading it ------------------------------------------------------------------------------ */

static bool fail(struct str text, const char *what, struct error *err)
{
    CLEANUP_TEXT struct text shown = TEXT_INIT(512);

    text_add_quoted(&shown, text, 100);
    return error_set(err, "%s %s; write HOST:PORT, [IPv6]:PORT or :PORT", text_get(&shown), what);
}

static bool read_port(struct str text, struct str port, char *ret_port, struct error *err)
{
    unsigned number = 0;

    if (port.len == 0 || port.len > 5)
        return fail(text, "needs a port from 0 to 65535 behind the last colon", err);
    for (size_t i = 0; i < port.len; i++) {
        if (!ascii_is_digit(port.data[i]))
            return fail(text, "needs a port from 0 to 65535 behind the last colon", err);
        number = number * 10 + (unsigned)(port.data[i] - '0');
    }
    if (number > 65535)
        return fail(text, "has a port above 65535", err);
    snprintf(ret_port, sizeof((struct bind_address *)0)->port, "%u", number);
    return true;
}

bool bind_address_parse(const char *text, struct bind_address *ret_address, struct error *err)
{
    struct bind_address address = {.port = ""};
    struct str all = str_from(text);
    struct str host;
    size_t colon;

    if (str_starts_with(all, STR("["))) {
        colon = str_find(all, ']') + 1;
        host = str_slice(all, 1, colon < 2 ? 0 : colon - 2);
        if (colon >= all.len || all.data[colon] != ':' || host.len == 0)
            return fail(all, "is not an address in brackets and a port", err);
    } else {
        colon = str_find(all, ':');
        host = str_slice(all, 0, colon);
        if (colon == all.len)
            return fail(all, "has no port", err);
        if (str_find(str_slice(all, colon + 1, all.len), ':') < all.len - colon - 1)
            return fail(all, "has several colons, so an IPv6 address needs brackets", err);
    }
    if (host.len >= sizeof address.host)
        return fail(all, "has a host of more than 253 characters", err);
    if (!read_port(all, str_slice(all, colon + 1, all.len), address.port, err))
        return false;
    memcpy(address.host, host.data, host.len);
    *ret_address = address;
    return true;
}

/* --- listening on it ------------------------------------------------------------------------- */

static bool is_any(const struct addrinfo *info)
{
    struct sockaddr_in6 address;

    if (info->ai_family != AF_INET6 || info->ai_addrlen != sizeof address)
        return false;
    memcpy(&address, info->ai_addr, sizeof address);
    return IN6_IS_ADDR_UNSPECIFIED(&address.sin6_addr);
}

/* Returns -1 with errno set. */
static int listen_on(const struct addrinfo *info)
{
    const int on = 1;
    const int v6_only = !is_any(info);
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -1;
    /* A restart must not wait for the connections of the process before it to fade. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (info->ai_family != AF_INET6 ||
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0) &&
        bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static int listen_on_first(const char *host, const char *port, struct error *err)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    struct addrinfo *found = NULL;
    int result = getaddrinfo(host, port, &hints, &found);
    int error = 0;
    int fd = -1;

    if (result != 0) {
        error_set(err, "%s", result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
        return -1;
    }
    for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next) {
        fd = listen_on(info);
        if (fd < 0 && error == 0)
            error = errno;
    }
    freeaddrinfo(found);
    if (fd < 0)
        error_set(err, "%s", strerror(error));
    return fd;
}

/* Whether the kernel was built or started without IPv6. */
static bool lacks_ipv6(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return true;
    close(fd);
    return false;
}

int bind_address_listen(const struct bind_address *address, struct error *err)
{
    const char *host = address->host;
    int fd;

    if (host[0] == '\0')
        host = lacks_ipv6() ? "0.0.0.0" : "::";
    fd = listen_on_first(host, address->port, err);
    if (fd < 0) {
        CLEANUP_TEXT struct text shown = TEXT_INIT(512);

        text_add_escaped(&shown, str_from(address->host));
        error_wrap(err,
                   strchr(address->host, ':') ? "can't listen on [%s]:%s" : "can't listen on %s:%s",
                   text_get(&shown), address->port);
    }
    return fd;
}

bool bound_address_of(int fd, struct bound_address *ret_address, struct error *err)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof address;
    char host[64];
    char port[8];
    int result;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return error_set(err, "can't tell the address in use: %s", strerror(errno));
    result = getnameinfo((struct sockaddr *)&address, len, host, sizeof host, port, sizeof port,
                         NI_NUMERICHOST | NI_NUMERICSERV);
    if (result != 0)
        return error_set(err, "can't tell the address in use: %s", gai_strerror(result));
    snprintf(ret_address->text, sizeof ret_address->text,
             address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return true;
}
