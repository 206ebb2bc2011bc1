<?php
// $orders: what you would pass to richpanel.track("order", …), each with the time it was placed
function send_orders(array $orders): array
{
    $events = array_map(fn (array $order): array => [
        'event' => 'order', 'appClientId' => '{{key}}', 'properties' => $order, 'time' => ['sentAt' => $order['createdAt']],
    ], $orders);
    $batch = ['event' => 'send_batch', 'appClientId' => '{{key}}', 'events' => $events];
    $hs = base64_encode(json_encode($batch, JSON_THROW_ON_ERROR));
    $s = hash('sha256', $hs . getenv('TILLSIDE_SECRET'));
    $answer = file_get_contents('{{origin}}/v2/bt', false, stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'Content-Type: application/json',
        'content' => json_encode(['hs' => $hs, 's' => $s]),
        'ignore_errors' => true,
    ]]));
    return json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
}
