// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/** A private key with its public key. Files are PKCS#8 as PEM, plain or encrypted by PBES2. */
public final class SigningKey {
    private static final String PLAIN = "PRIVATE KEY";
    private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";
    private static final String HELP = "name a private key that ringwallc keygen wrote, or convert one:"
            + " openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out KEY.pem";

    /** The PBES2 scheme of the keys that are written; openssl reads it. */
    private static final String CIPHER = "PBEWithHmacSHA256AndAES_256";

    private static final int ITERATIONS = 600_000;
    private static final int MAX_ITERATIONS = 100_000_000;
    private static final int SALT = 16;

    /** The bytes of PKCS#8 in DER that precede the 32 bytes of the key, and for P-256 its point. */
    private static final byte[] EDWARDS = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private static final byte[] EC =
            HexFormat.of().parseHex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420");
    private static final byte[] EC_POINT = HexFormat.of().parseHex("a14403420004");

    private static final int SCALAR = 32;

    private static final int INTEGER = 2;
    private static final int OCTETS = 4;
    private static final int SEQUENCE = 0x30;
    private static final byte[] PBES2 = HexFormat.of().parseHex("06092a864886f70d01050d");
    private static final byte[] PBKDF2 = HexFormat.of().parseHex("06092a864886f70d01050c");
    private static final byte[] HMAC_SHA256 = HexFormat.of().parseHex("300c06082a864886f70d02090500");
    private static final byte[] AES_256_CBC = HexFormat.of().parseHex("060960864801650304012a");

    private final PrivateKey key;
    private final VerifyingKey publicKey;

    private SigningKey(PrivateKey key, VerifyingKey publicKey) {
        this.key = key;
        this.publicKey = publicKey;
    }

    /** Returns a new key. */
    public static SigningKey generate(KeyAlgorithm algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm.keys());
            if (algorithm == KeyAlgorithm.P256) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            }
            return of(generator.generateKeyPair().getPrivate());
        } catch (GeneralSecurityException | SigningException e) {
            throw new IllegalStateException("this Java cannot generate keys for " + algorithm.word(), e);
        }
    }

    /**
     * Reads a key.
     *
     * @param passphrase the passphrase in printable ASCII; ignored if the key is not encrypted
     * @throws SigningException if it cannot be read, needs a passphrase, or has another
     */
    public static SigningKey read(byte[] pem, Optional<char[]> passphrase) throws SigningException {
        Pem block = Pem.read(pem, HELP);
        return switch (block.label()) {
            case PLAIN -> of(block.der());
            case ENCRYPTED ->
                of(decrypted(
                        block.der(),
                        passphrase.orElseThrow(() -> new SigningException(
                                "it is protected by a passphrase",
                                "name the file that has it: --passphrase-file FILE"))));
            default ->
                throw new SigningException("its PEM block is `" + block.label() + "` and not `" + PLAIN + "`", HELP);
        };
    }

    private static SigningKey of(byte[] pkcs8) throws SigningException {
        for (KeyAlgorithm algorithm : KeyAlgorithm.values()) {
            try {
                return of(KeyFactory.getInstance(algorithm.keys()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
            } catch (GeneralSecurityException e) {
                // The key may be of the next algorithm.
            }
        }
        throw new SigningException("it is damaged, or a key of another algorithm than Ed25519 and P-256", HELP);
    }

    private static SigningKey of(PrivateKey key) throws SigningException {
        try {
            if (key instanceof ECPrivateKey ec && !P256.isOn(ec)) {
                throw new SigningException("it is a key of another curve than P-256", "see ringwallc keygen");
            }
            List<PublicKey> candidates =
                    key instanceof ECPrivateKey ec ? P256.candidates(ec) : List.of(derived((EdECPrivateKey) key));
            for (PublicKey candidate : candidates) {
                SigningKey found = new SigningKey(key, VerifyingKey.of(candidate.getEncoded()));
                if (found.publicKey.verifies(EDWARDS, found.sign(EDWARDS))) {
                    return found;
                }
            }
        } catch (GeneralSecurityException e) {
            throw new SigningException("it is damaged", HELP);
        }
        throw new IllegalStateException("this Java derives another public key");
    }

    /**
     * Derives the public key of an Ed25519 key. The JDK has no method for that, so a key pair
     * generator gets the private key as its random bytes.
     */
    private static PublicKey derived(EdECPrivateKey key) throws GeneralSecurityException {
        byte[] seed = key.getBytes().orElseThrow();
        KeyPairGenerator generator = KeyPairGenerator.getInstance(KeyAlgorithm.ED25519.keys());
        generator.initialize(NamedParameterSpec.ED25519, new SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] bytes) {
                System.arraycopy(seed, 0, bytes, 0, bytes.length);
            }
        });
        return generator.generateKeyPair().getPublic();
    }

    public VerifyingKey publicKey() {
        return publicKey;
    }

    /** Returns the signature of a message. */
    public byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance(publicKey.algorithm().signatures());
            signer.initSign(key);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "this Java cannot sign " + publicKey.algorithm().signatures(), e);
        }
    }

    /**
     * Returns the key as PEM.
     *
     * @param passphrase encrypts it by PBES2 with AES-256; in printable ASCII, at least one
     *     character
     * @throws SigningException if the passphrase is another one
     */
    public byte[] pem(Optional<char[]> passphrase) throws SigningException {
        return passphrase.isEmpty()
                ? new Pem(PLAIN, pkcs8()).text()
                : new Pem(ENCRYPTED, encrypted(pkcs8(), passphrase.get())).text();
    }

    /** Returns PKCS#8 as openssl writes it: for P-256 with the public key, which the JDK omits. */
    private byte[] pkcs8() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (key instanceof ECPrivateKey ec) {
            byte[] number = ec.getS().toByteArray();
            byte[] scalar = new byte[SCALAR];
            int skip = Math.max(0, number.length - SCALAR);
            System.arraycopy(number, skip, scalar, SCALAR - (number.length - skip), number.length - skip);
            out.writeBytes(EC);
            out.writeBytes(scalar);
            out.writeBytes(EC_POINT);
            out.writeBytes(publicKey.point());
        } else {
            out.writeBytes(EDWARDS);
            out.writeBytes(((EdECPrivateKey) key).getBytes().orElseThrow());
        }
        return out.toByteArray();
    }

    private static byte[] encrypted(byte[] pkcs8, char[] passphrase) throws SigningException {
        checked(passphrase);
        try {
            SecureRandom random = new SecureRandom();
            byte[] salt = new byte[SALT];
            byte[] vector = new byte[SALT];
            random.nextBytes(salt);
            random.nextBytes(vector);
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    SecretKeyFactory.getInstance(CIPHER).generateSecret(new PBEKeySpec(passphrase)),
                    new PBEParameterSpec(salt, ITERATIONS, new IvParameterSpec(vector)));
            return encryptedPrivateKeyInfo(salt, vector, cipher.doFinal(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java cannot encrypt keys by " + CIPHER, e);
        }
    }

    /** Returns an EncryptedPrivateKeyInfo, which JDK 17 cannot write for PBES2. */
    private static byte[] encryptedPrivateKeyInfo(byte[] salt, byte[] vector, byte[] content) {
        byte[] iterations = BigInteger.valueOf(ITERATIONS).toByteArray();
        byte[] derivation =
                der(SEQUENCE, PBKDF2, der(SEQUENCE, der(OCTETS, salt), der(INTEGER, iterations), HMAC_SHA256));
        byte[] cipher = der(SEQUENCE, AES_256_CBC, der(OCTETS, vector));
        return der(SEQUENCE, der(SEQUENCE, PBES2, der(SEQUENCE, derivation, cipher)), der(OCTETS, content));
    }

    /** Returns a value of fewer than 65,536 bytes in DER. */
    private static byte[] der(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (length > 0xff) {
            out.write(0x82);
            out.write(length >> Byte.SIZE);
        } else if (length > 0x7f) {
            out.write(0x81);
        }
        out.write(length);
        Arrays.stream(parts).forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static byte[] decrypted(byte[] der, char[] passphrase) throws SigningException {
        checked(passphrase);
        try {
            EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(der);
            AlgorithmParameters parameters = sealed.getAlgParameters();
            String name = parameters == null ? "" : parameters.toString();
            if (!name.startsWith("PBEWithHmacSHA") || !name.contains("AndAES_")) {
                throw new SigningException("it is protected by another scheme than PBES2 with AES", HELP);
            }
            int iterations = parameters.getParameterSpec(PBEParameterSpec.class).getIterationCount();
            if (iterations > MAX_ITERATIONS) {
                throw new SigningException("it is protected by " + iterations + " iterations of PBKDF2", HELP);
            }
            Cipher cipher = Cipher.getInstance(name);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(name).generateSecret(new PBEKeySpec(passphrase)),
                    parameters);
            return cipher.doFinal(sealed.getEncryptedData());
        } catch (GeneralSecurityException e) {
            throw new SigningException(
                    "the passphrase is not that of the key, or the key is damaged",
                    "check the passphrase; only the first line of a file counts");
        } catch (IOException e) {
            throw new SigningException("it is damaged, or protected by another scheme than PBES2 with AES", HELP);
        }
    }

    private static void checked(char[] passphrase) throws SigningException {
        boolean printable = new String(passphrase).chars().allMatch(c -> c >= ' ' && c <= '~');
        if (passphrase.length == 0 || !printable) {
            throw new SigningException(
                    "the passphrase is empty, or has characters besides printable ASCII", "choose another one");
        }
    }

    /** Returns whether a text is a private key that needs a passphrase. */
    public static boolean isEncrypted(byte[] pem) throws SigningException {
        return Pem.read(pem, HELP).label().equals(ENCRYPTED);
    }
}
