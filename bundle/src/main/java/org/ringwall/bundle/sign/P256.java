// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bundle.sign;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.KeyAgreement;

/** Operations on the curve P-256 that the JDK does not offer. */
final class P256 {
    private P256() {}

    static ECParameterSpec parameters() throws GeneralSecurityException {
        AlgorithmParameters found = AlgorithmParameters.getInstance("EC");
        found.init(new ECGenParameterSpec("secp256r1"));
        return found.getParameterSpec(ECParameterSpec.class);
    }

    /** Returns whether a key has the parameters of this curve. */
    static boolean isOn(ECKey key) throws GeneralSecurityException {
        ECParameterSpec own = parameters();
        return key.getParams().getCurve().equals(own.getCurve())
                && key.getParams().getGenerator().equals(own.getGenerator())
                && key.getParams().getOrder().equals(own.getOrder());
    }

    /** Returns whether a point is on the curve, which the JDK does not check for a key. */
    static boolean isPoint(ECPublicKey key) throws GeneralSecurityException {
        BigInteger prime = prime();
        BigInteger x = key.getW().getAffineX();
        BigInteger y = key.getW().getAffineY();
        return x.compareTo(prime) < 0
                && y.compareTo(prime) < 0
                && y.multiply(y).mod(prime).equals(right(x));
    }

    /**
     * Returns the two candidates for the public key of a private key. ECDH with the generator gives
     * the x coordinate; the equation of the curve gives y up to its sign.
     */
    static List<PublicKey> candidates(ECPrivateKey key) throws GeneralSecurityException {
        ECParameterSpec parameters = parameters();
        KeyFactory factory = KeyFactory.getInstance("EC");
        KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(key);
        agreement.doPhase(factory.generatePublic(new ECPublicKeySpec(parameters.getGenerator(), parameters)), true);
        BigInteger x = new BigInteger(1, agreement.generateSecret());
        BigInteger prime = prime();
        // The prime is 3 modulo 4, so that this power is a square root.
        BigInteger y = right(x).modPow(prime.add(BigInteger.ONE).shiftRight(2), prime);
        List<PublicKey> both = new ArrayList<>();
        for (BigInteger each : List.of(y, prime.subtract(y))) {
            both.add(factory.generatePublic(new ECPublicKeySpec(new ECPoint(x, each), parameters)));
        }
        return both;
    }

    private static BigInteger prime() throws GeneralSecurityException {
        return ((ECFieldFp) parameters().getCurve().getField()).getP();
    }

    /** Returns x³ + ax + b modulo the prime: the right side of the equation of the curve. */
    private static BigInteger right(BigInteger x) throws GeneralSecurityException {
        ECParameterSpec own = parameters();
        return x.pow(3)
                .add(own.getCurve().getA().multiply(x))
                .add(own.getCurve().getB())
                .mod(prime());
    }
}
