/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/openssl.h"

#include <arpa/inet.h>
#include <openssl/err.h>

bool certs_error_openssl(struct error *err, const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    if (code && ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return error_no_memory(err);
    return error_set(err, "%s: OpenSSL: %s", what,
                     reason ? reason : "no reason given (out of memory?)");
}

bool certs_error_in_file(struct error *err, const char *file)
{
    /* A path may have 4,096 bytes; the message has 1,024 and must have room for what is wrong. */
    CLEANUP_TEXT struct text shown = TEXT_INIT(400);

    text_add_escaped(&shown, str_from(file));
    return error_wrap(err, "%s", text_get(&shown));
}

void certs_add_subject(struct text *text, const X509 *certificate)
{
    const X509_NAME *name = X509_get_subject_name(certificate);
    CLEANUP_BIO BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long len;

    if (X509_NAME_entry_count(name) == 0) {
        text_add(text, "no subject");
        return;
    }
    /* Printable UTF-8 stays as it is; text_add_escaped() deals with the rest. */
    if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) < 0) {
        text_add(text, "unreadable subject");
        return;
    }
    len = BIO_get_mem_data(bio, &data);
    if (len > 0)
        text_add_escaped(text, (struct str){data, (size_t)len});
}

static bool add_general_name(struct text *text, const GENERAL_NAME *name)
{
    int kind = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);

    if (kind == GEN_DNS) {
        text_add(text, "DNS:");
        text_add_escaped(text, (struct str){(const char *)ASN1_STRING_get0_data(value),
                                            (size_t)ASN1_STRING_length(value)});
        return true;
    }
    if (kind == GEN_IPADD && (ASN1_STRING_length(value) == 4 || ASN1_STRING_length(value) == 16)) {
        int family = ASN1_STRING_length(value) == 4 ? AF_INET : AF_INET6;
        char address[INET6_ADDRSTRLEN];

        text_addf(text, "IP:%s",
                  inet_ntop(family, ASN1_STRING_get0_data(value), address, sizeof address));
        return true;
    }
    return false;
}

void certs_add_names(struct text *text, const X509 *certificate)
{
    CLEANUP_GENERAL_NAMES GENERAL_NAMES *names =
        X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t shown = 0;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        size_t before = text->len;

        if (shown > 0)
            text_add(text, ", ");
        if (add_general_name(text, sk_GENERAL_NAME_value(names, i)))
            shown++;
        else
            text_cut(text, before);
    }
}
