/* SPDX-License-Identifier: Apache-2.0 */
#include "server/kubeconfig/api_credentials.h"

#include "base/text.h"
#include "certs/chain.h"
#include "certs/files.h"
#include "certs/openssl.h"
#include "certs/pem.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* Unlike the chain of a certificate, a bundle of CAs may be long; that of Debian has 140. */
static bool check_cas(struct str pem, struct error *err)
{
    CLEANUP_BIO BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    size_t count = 0;

    if (!bio)
        return error_no_memory(err);
    ERR_clear_error();
    for (;; count++) {
        CLEANUP_X509 X509 *certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);

        if (!certificate)
            break;
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return certs_error_openssl(err, "has a damaged certificate");
    ERR_clear_error();
    return count > 0 ||
           error_set(err, "holds no PEM certificate (\"-----BEGIN CERTIFICATE-----\")");
}

/* --- one file or inline text ----------------------------------------------------------------- */

/* PEM of the configuration: a path or the text itself, one of both at most. */
struct source {
    const char *what;
    const char *path;
    const char *pem;
    const char *field; /* what the text is in a kubeconfig */
};

typedef bool read_pem(struct str pem, void *ret_value, struct error *err);

static bool read_cas(struct str pem, void *ret_value, struct error *err)
{
    (void)ret_value;
    return check_cas(pem, err);
}

static bool read_chain(struct str pem, void *ret_value, struct error *err)
{
    return certs_pem_read_chain(pem, ret_value, err);
}

static bool read_key(struct str pem, void *ret_value, struct error *err)
{
    return certs_pem_read_key(pem, ret_value, err);
}

static bool read_file(const char *path, read_pem *read, void *ret_value, struct error *err)
{
    CLEANUP_FD int fd = certs_file_open(AT_FDCWD, path, err);
    CLEANUP_CERTS_FILE struct certs_file file = {.data = NULL};

    return fd >= 0 && certs_file_read(fd, &file, err) &&
           read(certs_file_str(&file), ret_value, err);
}

/* Puts what it is and where it is in front of the message and returns false. */
static bool fail(const struct source *source, struct error *err)
{
    if (source->path)
        certs_error_in_file(err, source->path);
    else
        error_wrap(err, "%s", source->field);
    return error_wrap(err, "%s", source->what);
}

/* Nothing to read is good, too. */
static bool read_source(const struct source *source, read_pem *read, void *ret_value,
                        struct error *err)
{
    if (source->path)
        return read_file(source->path, read, ret_value, err) || fail(source, err);
    return !source->pem || read(str_from(source->pem), ret_value, err) || fail(source, err);
}

/* --- the client certificate ------------------------------------------------------------------ */

static bool check_key(const struct certs_chain *chain, const EVP_PKEY *key,
                      const struct source *certificate, const struct source *of_key,
                      struct error *err)
{
    CLEANUP_TEXT struct text text = TEXT_INIT(sizeof err->message);

    if (certs_chain_check_key(chain, key, err))
        return true;
    text_addf(&text, "%s; the client certificate is that of ", err->message);
    text_add_escaped(&text, str_from(certificate->path ? certificate->path : certificate->field));
    if (text.failed)
        return error_no_memory(err);
    error_set(err, "%s", text_get(&text));
    return fail(of_key, err);
}

static bool check_pair(const struct source *certificate, const struct source *of_key,
                       struct error *err)
{
    CLEANUP_CERTS_CHAIN struct certs_chain chain = {.count = 0};
    CLEANUP_KEY EVP_PKEY *key = NULL;

    return read_source(certificate, read_chain, &chain, err) &&
           read_source(of_key, read_key, &key, err) &&
           (chain.count == 0 || !key || check_key(&chain, key, certificate, of_key, err));
}

bool api_credentials_check(const struct cluster_config *config, struct error *err)
{
    const struct source cas = {"the API server's CA", config->ca_file, config->ca_pem,
                               "certificate-authority-data"};
    const struct source certificate = {"the client certificate", config->client_cert_file,
                                       config->client_cert_pem, "client-certificate-data"};
    const struct source key = {"the key of the client certificate", config->client_key_file,
                               config->client_key_pem, "client-key-data"};

    return read_source(&cas, read_cas, NULL, err) && check_pair(&certificate, &key, err);
}

/* --- the token ------------------------------------------------------------------------------- */

/* Anything but visible ASCII could end the header line and begin another. */
bool api_credentials_check_token(struct str token, struct error *err)
{
    if (token.len == 0)
        return error_set(err, "holds no token: it is empty");
    if (token.len > API_TOKEN_MAX)
        return error_set(err, "holds more than the %zu bytes that a token may have", API_TOKEN_MAX);
    for (size_t i = 0; i < token.len; i++) {
        unsigned char c = (unsigned char)token.data[i];

        if (c <= ' ' || c >= 0x7F)
            return error_set(err,
                             "holds no token: byte %zu is %s, where a token is one word of visible "
                             "ASCII characters",
                             i + 1,
                             ascii_is_space((char)c) ? "white space"
                             : c < ' ' || c == 0x7F  ? "a control character"
                                                     : "not ASCII");
    }
    return true;
}
