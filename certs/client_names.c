/* SPDX-License-Identifier: Apache-2.0 */
#include "certs/client_names.h"

#include "certs/openssl.h"

/* Takes the first name off a comma list; false: there is none left. */
static bool next_name(struct str *rest, struct str *ret_name)
{
    size_t end;

    if (!rest->data)
        return false;
    end = str_find(*rest, ',');
    *ret_name = str_slice(*rest, 0, end);
    *rest = end < rest->len ? str_slice(*rest, end + 1, rest->len) : (struct str){NULL, 0};
    return true;
}

bool certs_client_names_check(struct str names, struct error *err)
{
    struct str name;

    while (next_name(&names, &name)) {
        if (name.len == 0)
            return error_set(err, "has an empty name");
        if (str_trim(name).len != name.len)
            return error_set(err, "has blanks around a name");
    }
    return true;
}

static bool has_name(struct str names, struct str wanted, bool (*equal)(struct str, struct str))
{
    struct str name;

    while (next_name(&names, &name)) {
        if (equal(name, wanted))
            return true;
    }
    return false;
}

/* Of several common names the last one, the most specific, counts. */
static bool common_name_is_known(struct str names, const X509 *client)
{
    const X509_NAME *subject = X509_get_subject_name(client);
    unsigned char *text = NULL;
    int last = -1;
    int len;
    bool known;

    for (int i = last; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;)
        last = i;
    if (last < 0)
        return false;
    len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
    known = len > 0 && has_name(names, (struct str){(const char *)text, (size_t)len}, str_equal);
    OPENSSL_free(text);
    return known;
}

static bool dns_name_is_known(struct str names, const X509 *client)
{
    CLEANUP_GENERAL_NAMES GENERAL_NAMES *own =
        X509_get_ext_d2i(client, NID_subject_alt_name, NULL, NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(own); i++) {
        int kind = 0;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(own, i), &kind);

        if (kind == GEN_DNS && has_name(names,
                                        (struct str){(const char *)ASN1_STRING_get0_data(value),
                                                     (size_t)ASN1_STRING_length(value)},
                                        str_equal_ignoring_case))
            return true;
    }
    return false;
}

bool certs_client_names_match(struct str names, const X509 *client)
{
    return common_name_is_known(names, client) || dns_name_is_known(names, client);
}
