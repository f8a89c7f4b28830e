// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one block of a text in PEM (RFC 7468). Text before and after it is ignored. */
final class Pem {
    /** The maximum length of a file in characters, far above that of a key. */
    private static final int MAX_CHARS = 1 << 16;

    private static final int COLUMNS = 64;
    private static final Pattern BEGIN = Pattern.compile("(?m)^-----BEGIN ([A-Z0-9 ]+)-----\\s*$");

    private final String label;
    private final byte[] der;

    /**
     * Creates a block.
     *
     * @param label such as `PUBLIC KEY`
     * @param der the content
     */
    Pem(String label, byte[] der) {
        this.label = label;
        this.der = der.clone();
    }

    String label() {
        return label;
    }

    byte[] der() {
        return der.clone();
    }

    /**
     * Reads a text.
     *
     * @throws SigningException if it does not have exactly one block
     */
    static Pem read(byte[] content, String help) throws SigningException {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        Matcher begin = BEGIN.matcher(text);
        if (text.length() > MAX_CHARS || !begin.find()) {
            throw new SigningException("it is not a key in PEM", help);
        }
        String label = begin.group(1);
        int start = begin.end();
        int end = text.indexOf("-----END " + label + "-----", start);
        if (end < 0) {
            throw new SigningException("it is truncated: there is no line `-----END " + label + "-----`", help);
        }
        if (begin.find()) {
            throw new SigningException("it has more than one block of PEM", help);
        }
        try {
            return new Pem(
                    label, Base64.getDecoder().decode(text.substring(start, end).replaceAll("\\s", "")));
        } catch (IllegalArgumentException e) {
            throw new SigningException("it is damaged: its content is not base64", help);
        }
    }

    byte[] text() {
        String lines = Base64.getMimeEncoder(COLUMNS, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + label + "-----\n" + lines + "\n-----END " + label + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
