<?php
function user_token(array $user): string
{
    $key = substr(hash('sha256', getenv('TILLSIDE_SECRET')), 0, 32);
    $start = random_bytes(16);
    $person = json_encode([
        'id' => (string) $user['id'],
        'email' => $user['email'],
        'firstName' => $user['firstName'],
        'lastName' => $user['lastName'],
    ], JSON_THROW_ON_ERROR);
    return bin2hex($start) . ':' . bin2hex(openssl_encrypt($person, 'aes-256-cbc', $key, OPENSSL_RAW_DATA, $start));
}
