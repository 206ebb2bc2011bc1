<?php
function user_token(array $user): string
{
    $part = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    $text = $part('{"alg":"HS256","typ":"JWT"}') . '.' . $part(json_encode([
        'aud' => '{{key}}',
        'sub' => (string) $user['id'],
        'email' => $user['email'],
        'firstName' => $user['firstName'],
        'lastName' => $user['lastName'],
        'exp' => time() + 3600,
    ], JSON_THROW_ON_ERROR));
    return $text . '.' . $part(hash_hmac('sha256', $text, getenv('TILLSIDE_TOKEN_SECRET'), true));
}
