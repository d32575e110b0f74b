// The client certificate as RFC 9440, section 2, has it: the DER in base64 between colons, which is the PEM without its first and last line.
export default {
    header: (request) => {
        const pem = request.variables.ssl_client_raw_cert;
        return pem ? `:${pem.replace(/-----[^-]+-----|\s/g, "")}:` : "";
    },
};
